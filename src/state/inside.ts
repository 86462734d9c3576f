/** Whether a journal's path stays within the study's folder: relative, and never upwards. */
export function isInsideStudy(path: string): boolean {
  return path !== '' && !/^[/\\]|^[A-Za-z]:|[\0\\]/.test(path) && !path.split('/').includes('..') && path !== '.';
}
