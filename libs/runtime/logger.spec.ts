import { createLogger } from './logger';

function written(write: (log: ReturnType<typeof createLogger>) => void): any {
  const lines: string[] = [];
  write(createLogger({ name: 'test', level: 'debug', pretty: false, destination: { write: (line) => void lines.push(line) } }));
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] as string);
}

describe('the log', () => {
  it('shows an error with its code and cause, without what it carries', () => {
    const error = Object.assign(new Error('it broke', { cause: new Error('deeper') }), {
      code: 'E1',
      config: { headers: { authorization: 'Bearer hunter2' } },
    });
    const line = written((log) => log.error({ err: error, accountId: 'acc_1' }, 'Failed'));
    expect(line).toMatchObject({ level: 'error', app: 'test', accountId: 'acc_1', msg: 'Failed' });
    expect(line.err).toMatchObject({ type: 'Error', code: 'E1', message: 'it broke', cause: { message: 'deeper' } });
    expect(JSON.stringify(line)).not.toContain('hunter2');
    expect(written((log) => log.warn(error))).toMatchObject({ err: { message: 'it broke', code: 'E1' } });
  });

  it.each([
    [{ text: 'where is my parcel' }],
    [{ message: { parts: [{ kind: 'text', text: 'where is my parcel' }] } }],
    [{ settings: { accessToken: 'where is my parcel' } }],
    [{ headers: { 'x-api-key': 'where is my parcel' } }],
    [{ err: new SyntaxError('Unexpected token in JSON "where is my parcel"') }],
  ])('hides what people wrote and what is secret: %#', (fields) => {
    expect(JSON.stringify(written((log) => log.info(fields, 'x')))).not.toContain('parcel');
  });

  // Pino wrote `"app":"parley"` and `"app":"deliver"` into one line; readers of JSON took whichever they liked.
  it('says once which app speaks: the line itself, else the child, else its parent', () => {
    const lines: string[] = [];
    const log = createLogger({
      name: 'parley',
      level: 'info',
      pretty: false,
      destination: { write: (line) => void lines.push(line) },
    });
    log.info('a');
    const child = log.child({ app: 'deliver', accountId: 'acc_1' });
    child.info('b');
    child.child({ jobId: 'job_1' }).info({ records: 2 }, 'c');
    log.child({ jobId: 'job_2' }).warn({ app: 'translate' }, 'd');
    child.error(new Error('e'));
    expect(lines.map((line) => line.match(/"app":"(\w+)"/g))).toEqual([
      ['"app":"parley"'],
      ['"app":"deliver"'],
      ['"app":"deliver"'],
      ['"app":"translate"'],
      ['"app":"deliver"'],
    ]);
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({ accountId: 'acc_1', jobId: 'job_1', records: 2, msg: 'c' });
  });

  it('writes one short line for people', () => {
    const lines: string[] = [];
    const log = createLogger({
      name: 'test',
      level: 'info',
      pretty: true,
      destination: { write: (line) => void lines.push(line) },
    });
    log.info({ records: 3 }, 'Handled');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d {2}info {3}test {2}Handled {2}records=3\n$/);
  });
});
