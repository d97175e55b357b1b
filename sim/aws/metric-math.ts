/**
 * Metric math, as far as alarms here use it: numbers, ids, `+ - * /`, comparisons, AND, OR, `FILL(id, number)` and `IF(condition, then, else)`.
 * Anything else is refused.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */

/** The value of an id in one period; `undefined` where there is none. */
export type ReadId = (id: string) => number | undefined;
/** An expression, for one period. */
export type MetricMath = (readId: ReadId) => number | undefined;

type Operation = (a: number, b: number) => number;

/** From what binds least to what binds most. */
const OPERATIONS: readonly { readonly [operator: string]: Operation }[] = [
  { OR: (a, b) => Number(a !== 0 || b !== 0), '||': (a, b) => Number(a !== 0 || b !== 0) },
  { AND: (a, b) => Number(a !== 0 && b !== 0), '&&': (a, b) => Number(a !== 0 && b !== 0) },
  {
    '<': (a, b) => Number(a < b),
    '<=': (a, b) => Number(a <= b),
    '>': (a, b) => Number(a > b),
    '>=': (a, b) => Number(a >= b),
    '==': (a, b) => Number(a === b),
    '!=': (a, b) => Number(a !== b),
  },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b },
];

const TOKEN = /\s*(\d+(?:\.\d+)?|[A-Za-z_]\w*|<=|>=|==|!=|&&|\|\||[-+*/(),<>])/y;

/** @throws where the model does not know what the expression says */
export function metricMath(expression: string, ids: readonly string[]): MetricMath {
  return new Parser(expression, ids).parse();
}

class Parser {
  readonly #expression: string;
  readonly #ids: readonly string[];
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(expression: string, ids: readonly string[]) {
    this.#expression = expression;
    this.#ids = ids;
    this.#tokens = this.#read();
  }

  parse(): MetricMath {
    const math = this.#level(0);
    if (this.#at < this.#tokens.length) this.#refuse();
    return math;
  }

  #read(): string[] {
    const tokens: string[] = [];
    const text = this.#expression.trimEnd();
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < text.length) {
      const [, token] = TOKEN.exec(text) ?? this.#refuse();
      tokens.push(token ?? '');
    }
    return tokens;
  }

  #level(level: number): MetricMath {
    const operations = OPERATIONS[level];
    if (!operations) return this.#value();
    let left = this.#level(level + 1);
    for (;;) {
      const operation = operations[this.#tokens[this.#at] ?? ''];
      if (!operation) return left;
      this.#at += 1;
      left = combined(operation, left, this.#level(level + 1));
    }
  }

  #value(): MetricMath {
    const token = this.#tokens[this.#at++] ?? this.#refuse();
    if (/^\d/.test(token)) return () => Number(token);
    if (token === '(') {
      const inner = this.#level(0);
      this.#expect(')');
      return inner;
    }
    if (this.#tokens[this.#at] === '(') return this.#call(token);
    if (!this.#ids.includes(token)) this.#refuse();
    return (readId) => readId(token);
  }

  #call(name: string): MetricMath {
    const given: MetricMath[] = [];
    do {
      this.#at += 1;
      given.push(this.#level(0));
    } while (this.#tokens[this.#at] === ',');
    this.#expect(')');
    const [first, second, third] = given;
    if (name === 'FILL' && first && second && given.length === 2) {
      return (readId) => first(readId) ?? second(readId);
    }
    if (name === 'IF' && first && second && third && given.length === 3) {
      return (readId) => {
        const condition = first(readId);
        return condition === undefined ? undefined : (condition === 0 ? third : second)(readId);
      };
    }
    return this.#refuse();
  }

  #expect(token: string): void {
    if (this.#tokens[this.#at++] !== token) this.#refuse();
  }

  #refuse(): never {
    throw new Error(`The model does not know the metric math "${this.#expression}" (ids: ${this.#ids.join(', ')}).`);
  }
}

/** Where one side has no value there is none, nor where a number is divided by zero. */
const combined =
  (operation: Operation, left: MetricMath, right: MetricMath): MetricMath =>
  (readId) => {
    const [a, b] = [left(readId), right(readId)];
    if (a === undefined || b === undefined) return undefined;
    const result = operation(a, b);
    return Number.isFinite(result) ? result : undefined;
  };
