/**
 * Rows of Parquet files, read when their batch is due. Needs the package `hyparquet`.
 *
 * @module tfjs-vae/parquet
 */
export type { Compressors, ParquetField, ParquetReader, ParquetRowsOptions } from './options';
export { parquetRows } from './parquet-rows';
