/** `format=flowed` (RFC 3676): lines that end in a blank go on in the next one, at the same depth of quoting. */
export function unflow(text: string, deleteSpace: boolean): string {
  const out: string[] = [];
  let open = false;
  let depth = 0;
  for (const line of text.split('\n')) {
    const marks = /^>*/.exec(line)?.[0].length ?? 0;
    let content = line.slice(marks);
    if (content.startsWith(' ')) content = content.slice(1);
    const signature = content === '-- ';
    const flows = content.endsWith(' ') && !signature;
    const body = flows && deleteSpace ? content.slice(0, -1) : content;
    if (open && marks === depth && !signature) out.push(body);
    else out.push(`${out.length ? '\n' : ''}${marks ? `${'>'.repeat(marks)} ` : ''}${body}`);
    open = flows;
    depth = marks;
  }
  return out.join('');
}
