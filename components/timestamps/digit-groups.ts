/** Splits a decimal into its sign and groups of three digits from the right; joined again they are the decimal. */
export function digitGroups(decimal: string): string[] {
  const sign = decimal.startsWith("-") ? "-" : "";
  const digits = decimal.slice(sign.length);
  const groups = digits.match(/\d{1,3}(?=(?:\d{3})*$)/g) ?? [digits];
  return groups.map((group, index) => (index === 0 ? `${sign}${group}` : group));
}
