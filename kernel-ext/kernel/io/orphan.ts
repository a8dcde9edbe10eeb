const checkMilliseconds = 1000;

/** Ends this process when the process that started it has died, as Jupyter asks kernels to (JPY_PARENT_PID). */
export function endWithParent(parentPid: number): void {
  if (!Number.isInteger(parentPid) || parentPid <= 1) return;
  // a launcher may stand between: then only its own death can be seen
  const direct = process.ppid === parentPid;
  const timer = setInterval(() => {
    if (!alive(parentPid) || (direct && process.ppid !== parentPid)) process.kill(process.pid, 'SIGKILL');
  }, checkMilliseconds);
  timer.unref();
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
