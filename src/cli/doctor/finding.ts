/** What one check of `attention-lab doctor` found. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  /** What was found, in one line. */
  readonly detail: string;
  /** What to do about it; only when not ok. */
  readonly cure?: string;
  /** Only when not ok: nothing works without this. The rest is comfort or speed. */
  readonly essential?: true;
}

export const fine = (check: string, detail: string): Finding => ({ check, ok: true, detail });

/** Something is missing that one can do without. */
export const lacking = (check: string, detail: string, cure: string): Finding => ({
  check,
  ok: false,
  detail,
  cure,
});

/** Something is missing without which nothing works. */
export const broken = (check: string, detail: string, cure: string): Finding => ({
  ...lacking(check, detail, cure),
  essential: true,
});
