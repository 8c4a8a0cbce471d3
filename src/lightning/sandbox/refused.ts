/** The sandbox will not: the message says why, and goes to whoever asked. */
export class Refused extends Error {
  override readonly name = 'Refused';
}
