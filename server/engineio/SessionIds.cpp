#include "engineio/SessionIds.h"

#include <QRandomGenerator>

#include <array>

namespace concierge::engineio {

namespace {

constexpr QByteArrayView alphabet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
constexpr qsizetype sidBytes = 15;
constexpr qsizetype sidCharacters = 20;

} // namespace

SessionId makeSessionId(int workerIndex)
{
    Q_ASSERT(workerIndex >= 0 && workerIndex < sidMaxWorkers);
    std::array<quint32, 4> random{};
    static_assert(sizeof(random) >= sidBytes);
    QRandomGenerator::system()->fillRange(random.data(), random.size());
    QByteArray sid = QByteArray::fromRawData(reinterpret_cast<const char *>(random.data()), sidBytes)
                         .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
    sid[0] = alphabet[workerIndex / 64];
    sid[1] = alphabet[workerIndex % 64];
    return SessionId(std::move(sid));
}

std::optional<int> workerOf(QByteArrayView sid)
{
    if (sid.size() != sidCharacters)
        return std::nullopt;
    const qsizetype high = alphabet.indexOf(sid[0]);
    const qsizetype low = alphabet.indexOf(sid[1]);
    if (high < 0 || low < 0)
        return std::nullopt;
    return static_cast<int>(high * 64 + low);
}

} // namespace concierge::engineio
