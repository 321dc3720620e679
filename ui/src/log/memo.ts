import { Component, type ComponentChild, type FunctionComponent, h } from 'preact';

/** A component that is drawn again only when one of its properties is another value. */
export function memo<Props extends object>(draw: (props: Props) => ComponentChild): FunctionComponent<Props> {
  class Kept extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      const names = Object.keys(next) as (keyof Props)[]; // a value has the keys of its type
      return names.some((name) => next[name] !== this.props[name]);
    }
    override render() {
      return draw(this.props);
    }
  }
  return (props) => h(Kept, props as never); // what is given is what is taken
}
