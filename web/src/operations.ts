import { parse, type TypeNode } from 'graphql';

/** A registered operation of a client, with JSON placeholders for its required variables (empty if there are none). */
export interface Operation {
  client: string;
  name: string;
  document: string;
  variables: string;
}

const files = import.meta.glob<string>('../../operations/**/*.graphql', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** Every registered operation by client, read from the files when the page is built. */
export const operations = new Map<string, Operation[]>();
for (const [path, document] of Object.entries(files)) {
  const operation = parseOperation(path, document);
  operations.set(operation.client, [...(operations.get(operation.client) ?? []), operation]);
}

/** Parses `.../mobile/MobileHome.graphql` as the operation MobileHome of the client mobile. */
export function parseOperation(path: string, document: string): Operation {
  const [file = '', client = ''] = path.split('/').reverse();
  return { client, name: file.replace(/\.graphql$/, ''), document, variables: requiredVariables(document) };
}

function requiredVariables(document: string): string {
  const values: Record<string, unknown> = {};
  for (const definition of parse(document).definitions) {
    if (definition.kind !== 'OperationDefinition') continue;
    for (const variable of definition.variableDefinitions ?? []) {
      if (variable.type.kind === 'NonNullType' && !variable.defaultValue) {
        values[variable.variable.name.value] = placeholder(variable.type.type);
      }
    }
  }
  return Object.keys(values).length === 0 ? '' : JSON.stringify(values, null, 2);
}

function placeholder(type: TypeNode): unknown {
  if (type.kind === 'ListType') return [];
  return type.kind === 'NamedType' && type.name.value.endsWith('Input') ? {} : '';
}
