export function makeMeetings(): Promise<{
  id: string;
  meetings: { secret: string; linkId: string; resume: string }[];
}>;
