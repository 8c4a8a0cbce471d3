/** From the JSON schemas of the OpenAPI document to TypeScript, as much of it as the document uses. */

export interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly description?: string;
}

export interface Writing {
  /** `undefined`: what is optional may also be given as undefined. */
  readonly optional?: 'undefined';
  /** A choice of exactly these is any text. */
  readonly configured?: readonly string[];
  /** A name for a type that has one. */
  readonly named?: (schema: Schema) => string | undefined;
}

export function typeText(schema: Schema, writing: Writing = {}): string {
  const { named, ...inside } = writing;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return choice(schema.enum, writing);
  if (alternatives !== undefined) return alternatives.map((one) => nested(one, writing)).join(' | ');
  if (Array.isArray(schema.type))
    return schema.type.map((type) => typeText({ ...schema, type: String(type) }, writing)).join(' | ');
  if (schema.type === 'array')
    return `readonly (${nested(schema.items ?? {}, { ...inside, ...(named === undefined ? {} : { named }) })})[]`;
  if (schema.type === 'object') return objectText(schema, writing);
  return plain[String(schema.type)] ?? 'unknown';
}

const plain: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
};

const nested = (schema: Schema, writing: Writing): string => writing.named?.(schema) ?? typeText(schema, writing);

function choice(values: readonly unknown[], { configured = [] }: Writing): string {
  if (values.length === configured.length && values.every((value, i) => value === configured[i])) return 'string';
  return values.map((value) => JSON.stringify(value)).join(' | ');
}

function objectText({ properties = {}, required = [], additionalProperties }: Schema, writing: Writing): string {
  const fields = Object.entries(properties).map(([name, schema]) => {
    const comment = schema.description === undefined ? '' : commentText(schema.description);
    const isOptional = !required.includes(name);
    const type = nested(schema, writing);
    const undefinedToo = isOptional && writing.optional !== undefined && type !== 'unknown' ? ' | undefined' : '';
    return `${comment}readonly ${name}${isOptional ? '?' : ''}: ${type}${undefinedToo};`;
  });
  // Anything may stand beside the fields, or what stands there has one type.
  if (additionalProperties !== undefined && additionalProperties !== false) {
    const type = additionalProperties === true || fields.length > 0 ? 'unknown' : nested(additionalProperties, writing);
    fields.push(`readonly [name: string]: ${type};`);
  }
  return fields.length === 0 ? 'Readonly<Record<string, never>>' : `{ ${fields.join('\n')} }`;
}

const COMMENT_LINE_MAX = 110;

/** A comment of its own line or, when it is long, lines. */
export function commentText(text: string): string {
  const lines: string[] = [];
  for (const word of text.replaceAll('*/', '* /').split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < COMMENT_LINE_MAX) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.length > 1 ? `\n/**\n${lines.map((line) => ` * ${line}`).join('\n')}\n */\n` : `\n/** ${text} */\n`;
}

interface Named {
  readonly name: string;
  /** The file that declares it. */
  readonly file: string;
}

/** Names of types by their shape: whatever looks the same is the same type, and is declared once. */
export class TypeNames {
  readonly #byShape = new Map<string, Named>();
  readonly #declarations = new Map<string, string>();
  readonly #uses = new Map<string, Set<Named>>();

  give(schema: Schema, named: Named): void {
    const shape = typeText(schema);
    if (this.#byShape.has(shape)) return;
    const taken = [...this.#byShape.values()].some(({ name }) => name === named.name);
    const { name, file } = taken ? { ...named, name: `${named.name}Item` } : named;
    this.#byShape.set(shape, { name, file });
    const text = typeText(schema, { named: (inner) => this.#nameOf(inner, file) });
    const isObject = schema.type === 'object';
    this.#declarations.set(name, isObject ? `export interface ${name} ${text}` : `export type ${name} = ${text};`);
  }

  knows(schema: Schema): boolean {
    return this.#byShape.has(typeText(schema));
  }

  /** The name, to stand in this file. */
  use(schema: Schema, file: string): string {
    return this.#nameOf(schema, file) ?? typeText(schema);
  }

  /** A type by its name, to stand in this file. */
  nameIn(name: string, file: string): string {
    const named = [...this.#byShape.values()].find((one) => one.name === name);
    if (named === undefined) throw new Error(`there is no type ${name}`);
    this.#uses.set(file, (this.#uses.get(file) ?? new Set<Named>()).add(named));
    return name;
  }

  usedIn(file: string): { readonly declared: readonly string[]; readonly imported: readonly Named[] } {
    const own = [...this.#byShape.values()].filter((named) => named.file === file);
    return {
      declared: own.map(({ name }) => this.#declarations.get(name) ?? ''),
      imported: [...(this.#uses.get(file) ?? [])].filter((named) => named.file !== file),
    };
  }

  #nameOf(schema: Schema, file: string): string | undefined {
    const named = this.#byShape.get(typeText(schema));
    if (named === undefined) return undefined;
    const uses = this.#uses.get(file) ?? new Set<Named>();
    this.#uses.set(file, uses.add(named));
    return named.name;
  }
}
