/** What the bundler brings in beside modules. */
declare module '*.css';
