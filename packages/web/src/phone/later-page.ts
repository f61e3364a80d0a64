// Apart from the screens, because a bundler alone understands the first line.
import '../styles/conversation.css';
import '../styles/remembered.css';

export * from './later-screens.ts';
