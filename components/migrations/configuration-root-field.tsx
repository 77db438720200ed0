import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";

interface ConfigurationRootFieldProps {
  value: string;
  onChange: (root: string) => void;
}

/** Where AtlasDB's section stands in a file that has several, or none at a usual place. */
export function ConfigurationRootField({ value, onChange }: ConfigurationRootFieldProps) {
  return (
    <Field
      label="Place of AtlasDB in the install file"
      hint="Its path from the top, such as /services/orders/atlasdb."
      className="max-w-96"
    >
      <Input exact placeholder="/atlasdb" value={value} onChange={(event) => onChange(event.target.value)} />
    </Field>
  );
}
