export function makeMeetings(): {
  id: string;
  meetings: { secret: string; linkId: string; resume: string }[];
};
