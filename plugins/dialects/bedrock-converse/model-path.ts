/** Paths of operations on a model, encoded as Amazon's own clients do, so that signatures agree. */

/**
 * The id is one segment whatever it holds: `us.anthropic.claude-…-v1:0`, or a whole ARN with slashes. RFC 3986: everything but
 * letters, digits and `-_.~` is escaped, also `!'()*`, which `encodeURIComponent` leaves.
 */
export function modelPath(modelId: string, operation: string): string {
  const segment = encodeURIComponent(modelId).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `/model/${segment}/${operation}`;
}
