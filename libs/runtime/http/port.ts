import { createServer } from 'node:net';
import { ParleyError } from '@parley/model';

/** A port that is ours until we listen on it ourselves: nobody takes it while the database starts. */
export interface HeldPort {
  readonly port: number;
  release(): Promise<void>;
}

/**
 * Takes the port to listen on: the given one if it is free, any free one for 0. Done before anything else is started.
 * @throws ParleyError saying that the port is taken.
 */
export function holdPort(host: string, port: number): Promise<HeldPort> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => reject(portError(error, host, port)));
    server.listen(port, host, () => {
      const address = server.address();
      const release = () => new Promise<void>((released) => server.close(() => released()));
      resolve({ port: typeof address === 'object' && address ? address.port : port, release });
    });
    server.unref();
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
