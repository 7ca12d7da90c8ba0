/// Whose request it is, behind proxies. Chunks: text is an entry of TRUST_PROXY, binary is a header's value;
/// the first chunk is the peer's address.

#include "FuzzSupport.h"

#include "transport/ClientAddress.h"

using namespace concierge;
using namespace concierge::transport;

namespace {

/// Whether an entry of those headers is this address.
bool isNamed(const QHostAddress &address, const HeaderList &headers)
{
    for (const auto &header : headers) {
        for (const QByteArray &entry : header.second.split(',')) {
            if (forwardedAddress(entry) == address)
                return true;
        }
    }
    return false;
}

void checkAddress(const QHostAddress &address)
{
    FUZZ_CHECK(!address.isNull() && address.scopeId().isEmpty());
    FUZZ_CHECK(plainAddress(address) == address);
    FUZZ_CHECK(forwardedAddress(address.toString().toLatin1()) == address);
    TrustedProxies itself;
    FUZZ_CHECK(itself.add(address.toString()) && itself.contains(address));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    fuzz::Chunks chunks(data, size);
    if (chunks.atEnd())
        return 0;
    QHostAddress peer;
    if (!peer.setAddress(QString::fromLatin1(chunks.next().bytes)))
        peer = QHostAddress(QHostAddress::LocalHost);
    TrustedProxies proxies;
    HeaderList headers;
    while (!chunks.atEnd()) {
        const auto chunk = chunks.next();
        if (chunk.isBinary)
            headers.append({"X-Forwarded-For", chunk.bytes.toByteArray()});
        else
            (void)proxies.add(QString::fromUtf8(chunk.bytes));
    }
    const QHostAddress client = clientAddress(peer, headers, proxies);
    checkAddress(client);
    const QHostAddress plain = plainAddress(peer);
    FUZZ_CHECK(client == plain || isNamed(client, headers));
    FUZZ_CHECK(client == plain || proxies.contains(plain));
    FUZZ_CHECK(clientAddress(peer, {}, proxies) == plain);
    FUZZ_CHECK(clientAddress(peer, headers, TrustedProxies()) == plain);
    return 0;
}
