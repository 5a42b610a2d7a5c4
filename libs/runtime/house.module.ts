import { type DynamicModule, Module } from '@nestjs/common';
import { HealthController } from './health.controller';
import { House } from './house';
import { type Needs, Readiness } from './readiness';

/** Gives every module the `House`, and every process its health and metrics. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: Nest's modules are classes.
export class HouseModule {
  static of(house: House, needs: Needs): DynamicModule {
    return {
      module: HouseModule,
      global: true,
      controllers: [HealthController],
      providers: [
        { provide: House, useValue: house },
        { provide: Readiness, useValue: new Readiness(house, needs) },
      ],
      exports: [House],
    };
  }
}
