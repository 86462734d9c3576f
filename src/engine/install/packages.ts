import type { NativeDevice } from '../native/library.js';

/** A file that an installation needs, exactly as its registry serves it. */
export interface Archive {
  readonly registry: 'pypi' | 'npm';
  /** Name and version as its registry knows them. */
  readonly requirement: string;
  readonly file: string;
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the file. */
  readonly sha256: string;
}

/** A Python wheel, of which only the native parts are taken. */
export interface Wheel extends Archive {
  /** What is taken: the path within the wheel, and that within the engine's folder. */
  readonly members: ReadonlyMap<string, string>;
  /** Sum of the sizes of the members. */
  readonly unpackedBytes: number;
  /** Largest member. */
  readonly largestMemberBytes: number;
}

/** What an engine is made of. */
export interface EngineRecipe {
  readonly device: NativeDevice;
  /** Version of TensorFlow. */
  readonly tensorflow: string;
  /** The Python package that it comes from. */
  readonly package: string;
  /** TensorFlow's own wheel first. */
  readonly wheels: readonly [Wheel, ...Wheel[]];
  /** npm's archive with the addon's sources. */
  readonly sources: Archive;
}

export const tensorflowVersion = '2.18.1';

const addonSources: Archive = {
  registry: 'npm',
  requirement: '@tensorflow/tfjs-node@4.22.0',
  file: 'tensorflow-tfjs-node-4.22.0.tgz',
  bytes: 228_166,
  sha256: 'd38a448a705efc6e655a080f896b3af646ae39dffbfe9c90b06cb9fc3a2b9358',
};

/** The TensorFlow libraries within the engine's folder, in the order in which the linker wants them. */
export const tensorflowLibraries = ['lib/libtensorflow_cc.so.2', 'lib/libtensorflow_framework.so.2'] as const;

/** Folder of TensorFlow's headers within its wheels. */
export const headersPrefix = 'tensorflow/include/';

function tensorflow(name: string, bytes: number, sha256: string, [cc, framework]: readonly [number, number]): Wheel {
  return {
    registry: 'pypi',
    requirement: `${name}==${tensorflowVersion}`,
    file: `${name.replace('-', '_')}-${tensorflowVersion}-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl`,
    bytes,
    sha256,
    members: new Map(tensorflowLibraries.map((path) => [path.replace('lib/', 'tensorflow/'), path])),
    unpackedBytes: cc + framework,
    largestMemberBytes: Math.max(cc, framework),
  };
}

interface CudaWheel {
  readonly name: string;
  readonly version: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Paths below `nvidia/` in the wheel, with their sizes. */
  readonly files: Readonly<Record<string, number>>;
  /** Folder below `nvidia/` where the libraries expect these files; default the wheel's own. */
  readonly folder?: string;
}

function cuda({ name, version, bytes, sha256, files, folder }: CudaWheel): Wheel {
  const place = (path: string) => (folder === undefined ? path : path.replace(/^[^/]+/, folder));
  return {
    registry: 'pypi',
    requirement: `nvidia-${name.replaceAll('_', '-')}-cu12==${version}`,
    file: `nvidia_${name}_cu12-${version}-py3-none-manylinux2014_x86_64.whl`,
    bytes,
    sha256,
    members: new Map(Object.keys(files).map((path) => [`nvidia/${path}`, `nvidia/${place(path)}`])),
    unpackedBytes: Object.values(files).reduce((sum, size) => sum + size, 0),
    largestMemberBytes: Math.max(...Object.values(files)),
  };
}

const cpuWheel = tensorflow(
  'tensorflow-cpu',
  230_236_181,
  '810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298',
  [632_665_032, 49_904_616],
);

const gpuWheel = tensorflow(
  'tensorflow',
  615_510_377,
  'c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828',
  [1_099_333_232, 152_421_216],
);

/**
 * The CUDA 12.5 libraries that TensorFlow opens for a GPU device, what these need in turn, and ptxas, which the measuring of convolution
 * algorithms calls. TensorFlow's own pins have more: NCCL, which its library contains already, and cuRAND and CUPTI, which training does not call.
 */
const cudaWheels: readonly Wheel[] = [
  cuda({
    name: 'cuda_runtime',
    version: '12.5.82',
    bytes: 895_707,
    sha256: '3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115',
    files: { 'cuda_runtime/lib/libcudart.so.12': 712_032 },
  }),
  cuda({
    name: 'cublas',
    version: '12.5.3.2',
    bytes: 363_313_169,
    sha256: 'ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b',
    files: { 'cublas/lib/libcublas.so.12': 104_128_480, 'cublas/lib/libcublasLt.so.12': 446_820_528 },
  }),
  cuda({
    name: 'cudnn',
    version: '9.3.0.75',
    bytes: 577_163_502,
    sha256: '9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d',
    files: {
      'cudnn/lib/libcudnn.so.9': 108_760,
      'cudnn/lib/libcudnn_adv.so.9': 245_380_928,
      'cudnn/lib/libcudnn_cnn.so.9': 6_301_232,
      'cudnn/lib/libcudnn_engines_precompiled.so.9': 452_999_128,
      'cudnn/lib/libcudnn_engines_runtime_compiled.so.9': 12_594_608,
      'cudnn/lib/libcudnn_graph.so.9': 4_362_800,
      'cudnn/lib/libcudnn_heuristic.so.9': 54_529_720,
      'cudnn/lib/libcudnn_ops.so.9': 109_061_784,
    },
  }),
  cuda({
    name: 'cufft',
    version: '11.2.3.61',
    bytes: 192_524_114,
    sha256: '9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8',
    files: { 'cufft/lib/libcufft.so.11': 276_827_776 },
  }),
  cuda({
    name: 'cusolver',
    version: '11.6.3.83',
    bytes: 130_341_232,
    sha256: '93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b',
    files: { 'cusolver/lib/libcusolver.so.11': 127_953_480 },
  }),
  cuda({
    name: 'cusparse',
    version: '12.5.1.3',
    bytes: 217_558_979,
    sha256: '016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752',
    files: { 'cusparse/lib/libcusparse.so.12': 295_715_544 },
  }),
  cuda({
    name: 'nvjitlink',
    version: '12.5.82',
    bytes: 21_298_879,
    sha256: 'f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212',
    files: { 'nvjitlink/lib/libnvJitLink.so.12': 54_560_656 },
  }),
  cuda({
    name: 'cuda_nvrtc',
    version: '12.5.82',
    bytes: 24_873_108,
    sha256: '3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd',
    files: { 'cuda_nvrtc/lib/libnvrtc.so.12': 62_921_032, 'cuda_nvrtc/lib/libnvrtc-builtins.so.12.5': 5_322_632 },
    // cuDNN looks for it under this name.
    folder: 'nvrtc',
  }),
  cuda({
    name: 'cuda_nvcc',
    version: '12.5.82',
    bytes: 22_468_537,
    sha256: 'b03e545b8e8c3ce7ebcd7fc44063180ff52ff01d064ece2127ed90a04ef12cd0',
    files: { 'cuda_nvcc/bin/ptxas': 30_924_560, 'cuda_nvcc/nvvm/libdevice/libdevice.10.bc': 483_796 },
  }),
];

export const recipes: Readonly<Record<NativeDevice, EngineRecipe>> = {
  cpu: {
    device: 'cpu',
    tensorflow: tensorflowVersion,
    package: 'tensorflow-cpu',
    wheels: [cpuWheel],
    sources: addonSources,
  },
  gpu: {
    device: 'gpu',
    tensorflow: tensorflowVersion,
    package: 'tensorflow',
    wheels: [gpuWheel, ...cudaWheels],
    sources: addonSources,
  },
};

/** Everything that an engine is built from. The addon's sources, some kilobytes, come first: where npm's registry is out of reach, that shows at once. */
export const archivesOf = ({ sources, wheels }: EngineRecipe): readonly Archive[] => [sources, ...wheels];
