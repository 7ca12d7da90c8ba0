#include "webhook/Signature.h"

#include <QCryptographicHash>
#include <QMessageAuthenticationCode>

namespace concierge::webhook {

QByteArray signatureOf(QByteArrayView body, Milliseconds wall, const QByteArrayList &keys)
{
    const QByteArray seconds = QByteArray::number(static_cast<qint64>(wall.count() / 1'000));
    QByteArray signature = "t=" + seconds;
    for (const QByteArray &key : keys) {
        QMessageAuthenticationCode code(QCryptographicHash::Sha256, key);
        code.addData(seconds + '.');
        code.addData(body.data(), body.size());
        signature += ",v1=" + code.result().toHex();
    }
    return signature;
}

} // namespace concierge::webhook
