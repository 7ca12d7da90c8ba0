#include "chat/Offsets.h"

#include <QCryptographicHash>
#include <QVarLengthArray>
#include <QtEndian>

namespace concierge::chat {

namespace {

constexpr qsizetype wordSize = 8;

quint64 wordAt(QByteArrayView bytes, qsizetype index)
{
    return qFromBigEndian<quint64>(bytes.data() + index * wordSize);
}

/// Bytes to be hashed, the secret in front: unlike SHA-2, BLAKE2s needs no HMAC around it to be a keyed hash.
/// On the stack, for an event has one of its own.
class Keyed
{
public:
    explicit Keyed(const QByteArray &secret) { *this += secret; }

    Keyed &operator+=(QByteArrayView bytes)
    {
        m_bytes.append(bytes.data(), bytes.size());
        return *this;
    }
    Keyed &operator+=(quint64 word)
    {
        const quint64 bytes = qToBigEndian(word);
        m_bytes.append(reinterpret_cast<const char *>(&bytes), wordSize);
        return *this;
    }
    quint64 hash() const
    {
        return wordAt(QCryptographicHash::hash(m_bytes, QCryptographicHash::Blake2s_128), 0);
    }
    qsizetype size() const { return m_bytes.size(); }
    void truncate(qsizetype size) { m_bytes.resize(size); }
    QByteArrayView from(qsizetype start) const { return QByteArrayView(m_bytes).sliced(start); }

private:
    QVarLengthArray<char, 640> m_bytes;
};

} // namespace

QByteArray OffsetCodec::encode(const Offset &offset, const UserId &user) const
{
    Keyed claim(m_secret);
    const qsizetype start = claim.size();
    claim += static_cast<quint64>(offset.order);
    if (offset.position != offset.order || !offset.recent.empty())
        claim += static_cast<quint64>(offset.position);
    for (const quint64 hash : offset.recent)
        claim += hash;
    const qsizetype end = claim.size();
    claim += "o";
    claim += user.utf8();
    const quint64 proof = claim.hash();
    claim.truncate(end);
    claim += proof;
    const QByteArrayView words = claim.from(start);
    return QByteArray::fromRawData(words.data(), words.size())
        .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
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
    Keyed claim(m_secret);
    claim += QByteArrayView(bytes).chopped(wordSize);
    claim += "o";
    claim += user.utf8();
    if (claim.hash() != wordAt(bytes, words - 1))
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
    Keyed text(secret);
    text += "e";
    for (const QByteArrayView id :
         {QByteArrayView(sender.utf8()), QByteArrayView(message.utf8()), QByteArrayView(receiver.utf8())}) {
        text += static_cast<quint64>(id.size()); // ids may hold any byte
        text += id;
    }
    return text.hash();
}

} // namespace concierge::chat
