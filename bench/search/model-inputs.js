// What the texts in a benchmark file's `model` say, and the tensors they ask for:
//   "x_cat": "int32 [N,1] = x_cat_index of the task"
//   "x_cont": "float32 [N,8] = epoch,batch_size,learning_rate"
//   "output": "float32 [N,6]: 0 = seconds (cumulative), 1 = validation accuracy in percent"
const arrays = { int32: Int32Array, float32: Float32Array, float64: Float64Array };

/** Fields of `model` that are no inputs. */
const others = ['file', 'output', 'encoding', 'note', 'origin', 'licence', 'license'];

/**
 * @param encoding of the categorical columns; where a text does not name the columns of an `int32` input of as many, they are these, in its order.
 * @throws Error saying what of the description is not as expected.
 */
export function describeModel(model, encoding = {}) {
  if (typeof model !== 'object' || model === null || typeof model.file !== 'string')
    throw new Error(
      'model: expected {file, x_cat, x_cont, output}, got nothing of the kind; try another benchmark file',
    );
  const inputs = Object.entries(model)
    .filter(([name]) => !others.includes(name))
    .map(([name, text]) => describeInput(name, text, Object.keys(encoding)));
  return { file: model.file, inputs, output: describeOutput(String(model.output ?? '')) };
}

function describeInput(name, text, encoded) {
  const found = /^\s*(\w+)\s*\[\s*N\s*,\s*(\d+)\s*\]\s*=\s*(.+?)\s*$/.exec(String(text));
  if (!found || !Object.hasOwn(arrays, found[1]))
    throw new Error(`model.${name}: expected "int32 or float32 [N,WIDTH] = NAMES", got ${JSON.stringify(text)}`);
  const [, type, width, words] = found;
  const named = namesOf(words, Number(width));
  const isKnown = named.every((column) => column.isOfTask || encoded.includes(column.name));
  const isEncoded = type === 'int32' && !isKnown && encoded.length === Number(width);
  const columns = isEncoded ? encoded.map((column) => ({ name: column, isOfTask: false })) : named;
  if (columns.length !== Number(width))
    throw new Error(`model.${name}: expected ${width} names separated by commas, got ${JSON.stringify(words)}`);
  return { name, type, columns };
}

/** `NAME of the task` is a field of the task; `(…)` and what follows `;` are remarks. */
function namesOf(words, width) {
  const plain = words.replace(/\s*\([^)]*\)/g, '').split(';')[0];
  const parts = width === 1 ? [plain] : plain.split(',');
  return parts.map((part) => {
    const [name, ...rest] = part.trim().split(/\s+/);
    return { name, isOfTask: /\bof the task\b/.test(rest.join(' ')) };
  });
}

function describeOutput(text) {
  const column = (what) => {
    const found = [...text.matchAll(/(\d+)\s*=\s*([^,;]+)/g)].find(([, , words]) => what.test(words));
    if (!found) throw new Error(`model.output: expected the column of ${what.source}, got ${JSON.stringify(text)}`);
    return Number(found[1]);
  };
  return { seconds: column(/seconds|time/i), accuracy: column(/accuracy/i) };
}

/** The code of "not active" in an encoding. */
const inactive = '#na#';

/**
 * The inputs for some configurations, a row an epoch.
 * @param encoding by column, then by value as text, the integer that stands for it.
 */
export function inputsOf({ inputs }, encoding, task, rows) {
  const length = rows.reduce((sum, { epochs }) => sum + epochs.length, 0);
  return inputs.map(({ name, type, columns }) => {
    const width = columns.length;
    const data = new arrays[type](length * width);
    const isCategorical = type === 'int32';
    let row = 0;
    for (const { configuration, epochs } of rows) {
      const values = columns.map((column) =>
        column.name === 'epoch' ? null : inputValue(column, encoding, task, configuration, isCategorical),
      );
      for (const epoch of epochs) {
        for (let column = 0; column < width; column++) data[row * width + column] = values[column] ?? epoch;
        row++;
      }
    }
    return { name, type, data, width };
  });
}

function inputValue({ name, isOfTask }, encoding, task, configuration, isCategorical) {
  if (isOfTask) return number(task.written[name], name);
  const codes = encoding[name];
  const value = Object.hasOwn(configuration, name) ? configuration[name] : taskValue(name, task);
  if (codes !== undefined && isCategorical) return codeOf(codes, value, name);
  if (value === undefined) return 0;
  return number(typeof value === 'boolean' ? Number(value) : value, name);
}

/** A column may hold what the whole task has: its id, or a field of it. */
function taskValue(name, task) {
  if (Object.hasOwn(task.written, name)) return task.written[name];
  return /(^|_)(task_?id|instance|dataset)$/i.test(name) ? task.id : undefined;
}

function codeOf(codes, value, name) {
  const words = value === undefined ? [inactive] : [String(value), capital(String(value)), String(value).toUpperCase()];
  const found = words.find((word) => Object.hasOwn(codes, word));
  if (found === undefined)
    throw new Error(`encoding of ${name}: expected ${Object.keys(codes).join(', ')}, got ${words[0]}`);
  return codes[found];
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function number(value, name) {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  if (Number.isFinite(read)) return read;
  throw new Error(`${name}: expected a number, got ${JSON.stringify(value)}`);
}
