/** Fields that refer to what a vendor keeps: without them a request would be another one, so no other dialect is asked. */

export const statefulFields: Readonly<Record<string, readonly string[]>> = {
  "openai-responses": ["previous_response_id", "conversation", "background", "prompt"],
  "anthropic-messages": ["container"],
};
