interface MeterProps {
  readonly value: number;
  readonly most: number;
  /** What the bar says, below it. */
  readonly label: string;
}

/** How much of something is used, as a bar; drawn, since browsers' own meters cannot be coloured everywhere. */
export const Meter = ({ value, most, label }: MeterProps) => (
  <div class="meter">
    <svg
      class={`meter-bar${value > most ? ' is-over' : ''}`}
      viewBox="0 0 100 4"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <rect class="meter-ground" width="100" height="4" rx="1" />
      <rect class="meter-part" width={most > 0 ? Math.min(100, (value / most) * 100) : 0} height="4" rx="1" />
    </svg>
    <span class="figure-note">{label}</span>
  </div>
);
