import { createServer } from 'node:net';
import { ParleyError } from '@parley/model';

/**
 * The port to listen on: the given one if it is free, any free one for 0. Looked at before anything else is started.
 * @throws ParleyError saying that the port is taken.
 */
export function chosenPort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(portError(error, host, port)));
    server.listen(port, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}

/** The same error in words that help. */
export function portError(error: unknown, host: string, port: number): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new ParleyError(
        'port-in-use',
        `Port ${port} on ${host} is taken by another program, perhaps by another Parley. Stop it, or choose another port with PARLEY_PORT.`,
        { cause: error },
      );
    case 'EACCES':
      return new ParleyError('port-closed', `This user may not listen on port ${port}. Choose one above 1023 with PARLEY_PORT.`, {
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ParleyError('no-such-host', `PARLEY_HOST=${host} is not an address of this machine.`, { cause: error });
    default:
      return error;
  }
}
