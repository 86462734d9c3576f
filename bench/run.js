// `npm run bench -- NAME`: measurements side by side on this machine. Without a name: what there is.
const benches = {
  engine: 'a training step of our engines, tf.layers, Python TensorFlow and PyTorch side by side',
  pack: 'packing photos beside Pillow, sharp as it comes and vipsthumbnail',
  data: 'training on images from the disk against training on one batch in memory',
  memory: 'what computing activations again saves of memory, and what it costs in time',
  fuzz: 'what users hand over, changed at random: no stack, no hang, no path outside',
  budget: 'how exactly a whole run uses its budget, and where its time goes',
  search: 'the search against its peers in virtual time, on a surrogate of recorded trainings',
  decisions: 'how long deciding what comes next takes, by scheduler and number of trials',
  ablation: 'choices of a training with and without, at equal seconds, by accuracy on held-out images',
  peers: 'our program against Optuna, Keras Tuner and a fixed recipe, at equal wall clock',
  proxies: 'how short trainings rank configurations, by what they are short of',
  faults: 'what is left of the promises when things are broken on purpose',
};
const [name, ...rest] = process.argv.slice(2);
if (!name || !Object.hasOwn(benches, name)) {
  console.log('npm run bench -- NAME\n');
  for (const [known, what] of Object.entries(benches)) console.log(`  ${known.padEnd(11)}${what}`);
  process.exitCode = name ? 2 : 0;
} else {
  const { main } = await import(`./${name}.js`);
  await main(rest);
}
