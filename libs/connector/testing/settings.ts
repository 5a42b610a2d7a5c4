import type { Connector } from '@parley/connector';
import type { ConnectorDriver } from './driver';
import { settingsSchema } from './stage';

const SOUNDS_SECRET = /(secret|token|password|apikey|privatekey)$/i;

export function describeSettings(connector: Connector, driver: ConnectorDriver): void {
  describe('settings', () => {
    it('are publishable as JSON Schema', () => {
      const schema = settingsSchema(connector);
      expect(schema.type).toBe('object');
      expect(Object.keys(schema.properties).length).toBeGreaterThan(0);
    });

    it('mark every secret as write-only', () => {
      const open: string[] = [];
      const walk = (schema: any): void => {
        for (const [name, inner] of Object.entries<any>(schema?.properties ?? {})) {
          const isText = inner.type === 'string';
          if (isText && SOUNDS_SECRET.test(name) && !inner.writeOnly && !driver.notSecret?.includes(name)) open.push(name);
          walk(inner);
        }
      };
      walk(settingsSchema(connector));
      expect(open).toEqual([]);
    });

    it('accept what a person enters, and what was stored of it', () => {
      const stored = connector.settings.parse(driver.settings('http://127.0.0.1:9'));
      expect(connector.settings.parse(JSON.parse(JSON.stringify(stored)))).toEqual(stored);
    });

    it('refuse nonsense', () => {
      for (const nonsense of [null, 5, 'settings', []]) expect(connector.settings.safeParse(nonsense).success).toBe(false);
    });

    it('do not ask for what is missing with a crash', () => {
      const whole = driver.settings('http://127.0.0.1:9');
      for (const name of Object.keys(whole)) {
        const { [name]: _left, ...rest } = whole;
        expect(() => connector.settings.safeParse(rest)).not.toThrow();
      }
    });
  });
}
