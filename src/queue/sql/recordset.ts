/** A column as both databases name its type. */
export type ColumnType = 'text' | 'bigint' | 'boolean';
export type Columns = Readonly<Record<string, ColumnType>>;

/** The objects of a JSON list as rows `x`, for `FROM`: one parameter carries any number of rows. */
export function recordset(parameter: string, columns: Columns): { sqlite: string; postgres: string } {
  const names = Object.keys(columns);
  const picks = names.map((name) => `json_extract(value, '$.${name}') AS ${name}`);
  return {
    sqlite: `(SELECT ${picks.join(', ')} FROM json_each(${parameter})) AS x`,
    postgres: `jsonb_to_recordset(${parameter}::jsonb) AS x(${names.map((name) => `${name} ${columns[name]}`).join(', ')})`,
  };
}

/** The texts of a JSON list, for `IN`. */
export const textList = (parameter: string): { sqlite: string; postgres: string } => ({
  sqlite: `(SELECT value FROM json_each(${parameter}))`,
  // As an array, which an index is looked up with.
  postgres: `(SELECT unnest(ARRAY(SELECT jsonb_array_elements_text(${parameter}::jsonb))))`,
});

/** A statement whose text differs only in its parts. */
export const statement = (
  build: (dialect: 'sqlite' | 'postgres') => string,
): { readonly sqlite: string; readonly postgres: string } => ({
  sqlite: build('sqlite'),
  postgres: build('postgres'),
});
