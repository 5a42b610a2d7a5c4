/** Which methods an address takes: what Fastify's router knows and does not tell. */
export class RouteTable {
  private readonly routes: { readonly matches: RegExp; readonly methods: Set<string> }[] = [];
  private readonly byPattern = new Map<string, Set<string>>();

  add(pattern: string, method: string | readonly string[]): void {
    // Whatever takes any address says nothing about this one.
    if (pattern.endsWith('*')) return;
    const known = this.byPattern.get(pattern);
    const methods = known ?? new Set<string>();
    for (const name of [method].flat()) methods.add(name as string);
    if (known) return;
    this.byPattern.set(pattern, methods);
    this.routes.push({ matches: expressionOf(pattern), methods });
  }

  methodsOf(url: string): string[] {
    const path = url.split('?', 1)[0] ?? url;
    const methods = this.routes.filter((route) => route.matches.test(path)).flatMap((route) => [...route.methods]);
    return [...new Set(methods)].sort();
  }
}

const expressionOf = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[^/]+/g, '[^/]+')}/?$`);
