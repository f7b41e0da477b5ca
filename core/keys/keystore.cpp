// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "keys/keystore.h"

#include <QRegularExpression>

namespace retryscope {

bool isKeyName(const QString &name)
{
    static const QRegularExpression shape(QStringLiteral("\\A[A-Za-z0-9_.-]{1,64}\\z"));
    return shape.match(name).hasMatch();
}

QString keySentence(const KeyStoreError &error, const QString &name, const QString &what)
{
    QString sentence;
    switch (error.problem) {
    case KeyStoreProblem::NotThere:
        return QStringLiteral("The keychain has no key named %1; it should hold %2. Put it there on the Providers page or "
                              "with retryscope-cli key set %1.").arg(name, what);
    case KeyStoreProblem::Taken:
        sentence = QStringLiteral("%2 was not kept: every name for it is taken in the keychain, up to %1. Keep it under a name "
                                  "of your own with retryscope-cli key set NAME, and write keychain:NAME as the key.");
        break;
    case KeyStoreProblem::NoService:
        sentence = QStringLiteral("%2 (keychain:%1) cannot be read: no keychain answers on this machine. Start a secret "
                                  "service such as gnome-keyring or KWallet, or use an environment variable (env:NAME).");
        break;
    case KeyStoreProblem::Locked:
        sentence = QStringLiteral("%2 (keychain:%1) cannot be read: the keychain is locked. Unlock it and try again, or "
                                  "use an environment variable (env:NAME).");
        break;
    case KeyStoreProblem::Failed:
        sentence = QStringLiteral("%2 (keychain:%1) cannot be read: the keychain failed. Look whether it runs and is "
                                  "unlocked, or use an environment variable (env:NAME).");
        break;
    }
    sentence = sentence.arg(name, what);
    sentence[0] = sentence[0].toUpper();
    return error.said.isEmpty() ? sentence : QStringLiteral("%1 It said: %2").arg(sentence, error.said);
}

} // namespace retryscope
