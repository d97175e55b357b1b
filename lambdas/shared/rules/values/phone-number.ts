/** Telephone numbers in E.164, such as `+14155550123`. */

const E164 = /^\+[1-9]\d{1,14}$/;

export const isPhoneNumber = (value: unknown): value is string => typeof value === 'string' && E164.test(value);
