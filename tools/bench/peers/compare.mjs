export async function comparePeers() {
  return []
}
