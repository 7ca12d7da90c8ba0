#include "auth/SecretKey.h"

#include <QMessageAuthenticationCode>

namespace concierge::auth {

namespace {

class SecretKey final : public Key
{
public:
    explicit SecretKey(QByteArray secret)
        : m_secret(std::move(secret))
    {}

    Family family() const noexcept override { return Family::Hmac; }
    bool isWeak() const noexcept override { return m_secret.size() < 32; }
    bool verifies(Algorithm algorithm, QByteArrayView text, QByteArrayView signature) const override
    {
        const auto hash = algorithm == Algorithm::HS256   ? QCryptographicHash::Sha256
                          : algorithm == Algorithm::HS384 ? QCryptographicHash::Sha384
                                                          : QCryptographicHash::Sha512;
        QMessageAuthenticationCode code(hash, m_secret);
        code.addData(text.data(), text.size());
        return isEqualInConstantTime(code.result(), signature);
    }

private:
    const QByteArray m_secret;
};

} // namespace

bool isEqualInConstantTime(QByteArrayView a, QByteArrayView b) noexcept
{
    if (a.size() != b.size()) // how long a code is, everybody knows
        return false;
    volatile unsigned char difference = 0; // volatile: every byte is looked at
    for (qsizetype i = 0; i < a.size(); ++i)
        difference = difference | static_cast<unsigned char>(a[i] ^ b[i]);
    return difference == 0;
}

std::shared_ptr<const Key> makeSecretKey(QByteArray secret)
{
    return std::make_shared<SecretKey>(std::move(secret));
}

} // namespace concierge::auth
