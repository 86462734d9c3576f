/**
 * A residual network as a list of layers that every framework can build. Each layer names the layers it takes by their places in the list;
 * the order is the one in which describeNetwork lays its parameters out, so that all start from the same flat vectors.
 */
export function layersOf({ family, width, blocks, stages, stem, resolution, classes }) {
  if (family !== 'residual') throw new Error(`no list of layers for the family ${family}`);
  const layers = [{ kind: 'images', inputs: [], channels: 3, side: resolution }];
  const add = (kind, inputs, what = {}) => {
    const before = layers[inputs[0]];
    const side = Math.ceil(before.side / (what.stride ?? 1));
    return layers.push({ channels: before.channels, side, ...what, kind, inputs }) - 1;
  };
  const convolution = (x, size, out, stride) =>
    add('convolution', [x], { size, stride, in: layers[x].channels, out, channels: out });
  const norm = (x) => add('norm', [x]);
  const unit = (x, size, out, stride) => add('relu', [norm(convolution(x, size, out, stride))]);
  const block = (x, out, stride) => {
    const residual = norm(convolution(unit(x, 3, out, stride), 3, out, 1));
    if (stride === 1 && layers[x].channels === out) return add('relu', [add('add', [residual, x])]);
    const pooled = stride === 1 ? x : add('averagePool', [x], { size: 2, stride });
    return add('relu', [add('add', [residual, norm(convolution(pooled, 1, out, 1))])]);
  };
  let x = unit(0, 3, width, stem === 'small' ? 1 : 2);
  if (stem === 'large') x = add('maxPool', [x], { size: 3, stride: 2 });
  for (let stage = 0; stage < stages; stage++) {
    for (let place = 0; place < blocks; place++) x = block(x, width * 2 ** stage, stage > 0 && place === 0 ? 2 : 1);
  }
  const features = add('globalAverage', [x], { stride: layers[x].side });
  add('dense', [features], { in: layers[x].channels, out: classes });
  return layers;
}

/** Trained parameters, and multiply-accumulates of convolutions and dense layers an image, forward. */
export function costsOf(layers) {
  let parameters = 0;
  let macsPerImage = 0;
  for (const { kind, size, in: from, out, channels, side } of layers) {
    if (kind === 'convolution') {
      parameters += size * size * from * out;
      macsPerImage += size * size * from * out * side * side;
    } else if (kind === 'norm') {
      parameters += 2 * channels;
    } else if (kind === 'dense') {
      parameters += from * out + out;
      macsPerImage += from * out;
    }
  }
  return { parameters, macsPerImage };
}
