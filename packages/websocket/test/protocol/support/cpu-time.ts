/**
 * The least processor time of five runs, in milliseconds. Not wall time, which on a busy machine
 * says more about the neighbours.
 */
export function leastCpuMs(run: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}
