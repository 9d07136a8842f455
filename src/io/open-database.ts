/** How long to wait for a database: while one is being deleted, it does not open until all pages have closed it. */
export const OPENING = { most: 30_000 };

/** @throws When the browser refuses, or does not open it in time. */
export function openDatabase(name: string, version: number, store: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version);
    let isLate = false;
    const limit = setTimeout(() => {
      isLate = true;
      reject(
        new Error(
          `the database has not opened for ${OPENING.most / 1000} s; perhaps it is being deleted while another page holds it open: close the other pages of this site`,
        ),
      );
    }, OPENING.most);
    request.onupgradeneeded = () => request.result.createObjectStore(store);
    request.onerror = () => {
      clearTimeout(limit);
      reject(request.error);
    };
    request.onsuccess = () => {
      clearTimeout(limit);
      const db = request.result;
      if (isLate) return db.close();
      // Whoever wants to delete the database need not wait for us.
      db.onversionchange = () => db.close();
      resolve(db);
    };
  });
}
