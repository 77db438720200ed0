"use client";

import { useCallback, useState, type ChangeEvent } from "react";

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** The values of a form as they are typed; a failed save changes none of them. */
export function useFormValues<Values extends object>(initial: Values) {
  const [values, setValues] = useState(initial);
  const set = useCallback(<Key extends keyof Values>(key: Key, value: Values[Key]) => {
    setValues((all) => ({ ...all, [key]: value }));
  }, []);
  const text = <Key extends keyof Values & string>(key: Key & KeysOf<Values, string>) => ({
    name: key,
    value: values[key] as string,
    onChange: (event: ChangeEvent<Control>) => set(key, event.target.value as Values[Key]),
  });
  const check = <Key extends keyof Values & string>(key: Key & KeysOf<Values, boolean>) => ({
    name: key,
    checked: values[key] as boolean,
    onChange: (event: ChangeEvent<HTMLInputElement>) => set(key, event.target.checked as Values[Key]),
  });
  return { values, set, text, check };
}

type KeysOf<Values, Kind> = { [Key in keyof Values]: Values[Key] extends Kind ? Key : never }[keyof Values];

/** A form of these values. */
export type FormValues<Values extends object> = ReturnType<typeof useFormValues<Values>>;

/** What the server said about fields, by their dotted path. */
export type FieldErrors = Readonly<Record<string, string>>;
