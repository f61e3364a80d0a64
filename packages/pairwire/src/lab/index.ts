export { Lab, type LabParts } from './lab.ts';
