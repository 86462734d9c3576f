import { describe, expect, it } from 'vitest';
import { describeModel, inputsOf } from '../../bench/search/model-inputs.js';

const task = { id: 'cifar', written: { id: 'cifar', x_cat_index: 34 } };

describe('the inputs of a surrogate', () => {
  it('are what the texts of a benchmark file say', () => {
    const model = {
      file: 'model.onnx',
      x_cat: 'int32 [N,1] = x_cat_index of the task',
      x_cont: 'float32 [N,3] = epoch,rate,units',
      output: 'float32 [N,6]: 0 = seconds (cumulative), 1 = validation accuracy in percent',
    };
    const described = describeModel(model);
    expect(described).toMatchObject({ file: 'model.onnx', output: { seconds: 0, accuracy: 1 } });
    const rows = [
      { configuration: { rate: 0.5, units: 8 }, epochs: [1, 2] },
      { configuration: { units: 16 }, epochs: [9] },
    ];
    expect(inputsOf(described, {}, task, rows)).toEqual([
      { name: 'x_cat', type: 'int32', width: 1, data: Int32Array.from([34, 34, 34]) },
      { name: 'x_cont', type: 'float32', width: 3, data: Float32Array.from([1, 0.5, 8, 2, 0.5, 8, 9, 0, 16]) },
    ]);
  });

  it('encode categorical parameters, those that are not active too, and the task where it is one of them', () => {
    const model = {
      file: 'model.onnx',
      x_cat: 'int32 [N,3] = task_id, op, skip (inactive: #na#)',
      x_cont: 'float32 [N,1] = epoch',
      output: 'float32 [N,2]: 0 = validation accuracy, 1 = cumulative seconds',
    };
    const described = describeModel(model);
    expect(described.output).toEqual({ seconds: 1, accuracy: 0 });
    const encoding = {
      task_id: { '#na#': 0, cifar: 4 },
      op: { '#na#': 0, conv: 2, pool: 3 },
      skip: { '#na#': 0, True: 1, False: 2 },
    };
    const rows = [
      { configuration: { op: 'pool', skip: true }, epochs: [1] },
      { configuration: { op: 'conv' }, epochs: [1] },
    ];
    expect(inputsOf(described, encoding, task, rows)[0]?.data).toEqual(Int32Array.from([4, 3, 1, 4, 2, 0]));
    expect(() => inputsOf(described, encoding, task, [{ configuration: { op: 'norm' }, epochs: [1] }])).toThrow(
      'encoding of op: expected #na#, conv, pool, got norm',
    );
  });

  it('are the columns of the encoding, in its order, where the text names none of them', () => {
    const x_cat = "int32 [N,2] = the categorical parameters by encoding.json; inactive = '#na#'";
    const model = { file: 'm', x_cat, x_cont: 'float32 [N,1] = epoch', output: '0 = accuracy, 1 = seconds' };
    const encoding = { op: { '#na#': 0, conv: 1 }, skip: { '#na#': 0, no: 5 } };
    const described = describeModel(model, encoding);
    const [first] = inputsOf(described, encoding, task, [{ configuration: { skip: 'no' }, epochs: [1] }]);
    expect(first?.data).toEqual(Int32Array.from([0, 5]));
    expect(() => describeModel(model, { op: {} })).toThrow(/^model\.x_cat: expected 2 names/);
  });

  it.each([
    [undefined, /^model: expected \{file, x_cat, x_cont, output\}/],
    [{ file: 'm', x: 'float32 [N,2] = a', output: '0 = seconds, 1 = accuracy' }, /^model\.x: expected 2 names/],
    [{ file: 'm', x: 'complex [N,1] = a', output: '' }, /^model\.x: expected "int32 or float32 /],
    [{ file: 'm', x: 'float32 [N,1] = a', output: '0 = loss' }, /^model\.output: expected the column of seconds/],
  ])('are refused where the text says something else: %j', (model, message) => {
    expect(() => describeModel(model)).toThrow(message);
  });
});
