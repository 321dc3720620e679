/** The file's name in the context. */
export const MERGE_COMPOSER_FILE = 'slipway-merge.php';

/**
 * The program that puts the requirements of a file beside those of the project in a folder, and prints the names of the packages
 * that the folder's lock file does not have as they are asked for.
 */
export const MERGE_COMPOSER = `<?php
[, $file, $home] = $argv;
$read = fn (string $path): object => is_file($path) ? json_decode(file_get_contents($path), false, 512, JSON_THROW_ON_ERROR) : new stdClass();
$requirements = fn (object $project): array => (array) ($project->require ?? []);

$asked = $read($file);
$known = $read("$home/composer.json");
$lock = $read("$home/composer.lock");
$locked = array_column($lock->packages ?? [], 'name');

$project = (object) array_merge((array) $known, (array) $asked);
$project->require = (object) array_merge($requirements($known), $requirements($asked));
file_put_contents("$home/composer.json", json_encode($project, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE) . "\\n");

$before = $requirements($known);
foreach ($project->require as $name => $constraint) {
    if (!preg_match('~^[a-z0-9][a-z0-9_.-]*/[a-z0-9_.-]+$~i', $name)) continue; // php and its extensions
    if (!in_array(strtolower($name), $locked, true) || ($before[$name] ?? null) !== $constraint) echo $name, "\\n";
}
`;
