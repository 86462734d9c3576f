import { join } from 'node:path';

/** Folder that keeps what an unfinished installation has downloaded. */
export const downloadsDirectory = (engines: string): string => join(engines, 'downloads');

/** Folder in which an engine is built and tried, with the layout of `engines` itself; a study does not look there. */
export const buildDirectory = (engines: string): string => join(engines, '.building');

/** Where an engine waits to be deleted while its successor takes its place. */
export const retiredDirectory = (engines: string): string => join(engines, '.retired');

/** Held by the process that changes a folder of engines. */
export const lockFile = (engines: string): string => join(engines, '.lock');
