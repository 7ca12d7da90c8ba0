#include "chat/Offsets.h"

#include <QCryptographicHash>
#include <QtEndian>

namespace concierge::chat {

namespace {

constexpr qsizetype wordSize = 8;

void appendWord(QByteArray &out, quint64 value)
{
    const quint64 bytes = qToBigEndian(value);
    out.append(reinterpret_cast<const char *>(&bytes), wordSize);
}

quint64 wordAt(QByteArrayView bytes, qsizetype index)
{
    return qFromBigEndian<quint64>(bytes.data() + index * wordSize);
}

/// BLAKE2s with the secret in front: unlike SHA-2 it needs no HMAC around it to be a keyed hash.
quint64 keyedHash(const QByteArray &secret, QByteArrayView text)
{
    QByteArray bytes;
    bytes.reserve(secret.size() + text.size());
    bytes += secret;
    bytes += text;
    return wordAt(QCryptographicHash::hash(bytes, QCryptographicHash::Blake2s_128), 0);
}

} // namespace

QByteArray OffsetCodec::encode(const Offset &offset, const UserId &user) const
{
    QByteArray claim;
    claim.reserve(3 * wordSize + static_cast<qsizetype>(offset.recent.size()) * wordSize + 1 +
                  user.utf8().size());
    appendWord(claim, static_cast<quint64>(offset.order));
    if (offset.position != offset.order || !offset.recent.empty())
        appendWord(claim, static_cast<quint64>(offset.position));
    for (const quint64 hash : offset.recent)
        appendWord(claim, hash);
    const qsizetype size = claim.size();
    claim += 'o';
    claim += user.utf8();
    const quint64 proof = keyedHash(m_secret, claim);
    claim.truncate(size);
    appendWord(claim, proof);
    return claim.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

std::optional<Offset> OffsetCodec::decode(QByteArrayView text, const UserId &user) const
{
    constexpr qsizetype maxWords = 3 + static_cast<qsizetype>(maxRecent);
    if (text.size() > maxWords * wordSize * 2)
        return std::nullopt;
    const auto decoded = QByteArray::fromBase64Encoding(
        text.toByteArray(), QByteArray::Base64UrlEncoding | QByteArray::AbortOnBase64DecodingErrors);
    const QByteArray &bytes = decoded.decoded;
    const qsizetype words = bytes.size() / wordSize;
    if (!decoded || bytes.size() % wordSize != 0 || words < 2 || words > maxWords)
        return std::nullopt;
    QByteArray claim = bytes.chopped(wordSize);
    claim += 'o';
    claim += user.utf8();
    if (keyedHash(m_secret, claim) != wordAt(bytes, words - 1))
        return std::nullopt;
    Offset offset;
    offset.order = static_cast<qint64>(wordAt(bytes, 0));
    offset.position = words > 2 ? static_cast<qint64>(wordAt(bytes, 1)) : offset.order;
    for (qsizetype i = 2; i < words - 1; ++i)
        offset.recent.push_back(wordAt(bytes, i));
    return offset;
}

quint64 evidenceHash(const QByteArray &secret, const UserId &sender, const MessageId &message,
                     const UserId &receiver)
{
    QByteArray text("e");
    for (const QByteArray &id : {sender.utf8(), message.utf8(), receiver.utf8()}) {
        appendWord(text, static_cast<quint64>(id.size())); // ids may hold any byte
        text += id;
    }
    return keyedHash(secret, text);
}

} // namespace concierge::chat
