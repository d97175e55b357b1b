/** Why a row misses its goal, where it does on a quiet machine; docs/performance.md tells how each was found. */
export const WHY: { readonly [row: number]: string } = {
  1: 'incoming-call must read its secret, so it loads an AWS client: without one it would take 1.5 times an empty function (signature and TwiML 1.3 each, logging 1.5 alone), and TLS for any client of its own makes it 2.2. Loading the client at the first call instead would only move the work from the start, where Lambda gives a whole processor, into the time that a caller waits.',
  2: 'the AWS clients are the same on both sides; what is left of ours is mostly they.',
  3: 'two thirds of the bundle are AWS clients, which the baseline has too.',
  4: "what both do is most of it: the SDK's first request, and TLS with each host. What is saved is the HTTP client of Twilio's SDK, about 15 ms; incoming-call sends nothing to Twilio, and logs, which the baseline does not. Load and first invocation together are the figure that a cold start feels: see the note.",
  5: 'a process of Node.js that decrypts, checks, digests and encrypts on one thread, beside two servers on the same processors; curl has a process for each direction.',
  6: "TLS both ways, SHA-256 and Node.js's own handling of 16 kB records are what is left.",
  9: 'frames come at fifty a second until the disclaimer has been heard.',
  10: "the messages of the stream while the disclaimer plays are three fifths of our cost; they go down only with the disclaimer's length.",
  11: 'the emulator of SQS, the benchmark, and whatever else the machine does share its processors at fifty calls a second.',
  13: 'as row 11.',
  17: 'npm start does what cdk synth does, then starts three emulators, a Twilio and the first function, and lets the telephone ring for half a second.',
  18: 'requests are flat; what a call takes is a few microseconds, which other work on the machine disturbs.',
};
