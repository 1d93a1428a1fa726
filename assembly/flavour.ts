// Which of the two flavours this image is. What stands behind `if (DEBUG)` is not even compiled in release.

// @ts-ignore: asc defines it (asconfig.json, `use`).
export const DEBUG: bool = KPI_DEBUG != 0;
