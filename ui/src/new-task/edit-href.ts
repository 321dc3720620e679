/** Where a new task is made of another one. */
export const editHref = (taskId: string): string => `/tasks/new?from=${encodeURIComponent(taskId)}`;
