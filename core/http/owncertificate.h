// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/servercertificate.h"

namespace retryscope {

/// An address, or a host name in lower case without a port.
bool isHostName(const QString &name);
/// The host names of this machine, in lower case, without localhost.
QStringList machineHosts();
/// What others may know it by: these, localhost, and its addresses.
QStringList machineNames();
/// The first address that another machine may reach this one at, else 127.0.0.1.
QString machineAddress();

/// A certificate that is made on the spot and signed by itself.
struct OwnCertificate
{
    QString certificateFile, keyFile;
    ServerCertificate certificate;
    QString madeBecause; ///< a sentence where it was made just now; empty where it was there
};
/// The one that is kept in the folder (both files 0600), EC P-256, for machineNames() and `more`, 825 days long. It is made
/// anew where there is none, where it cannot be used, where it has less than 30 days left, and where it lacks one of `more`:
/// anything else keeps the fingerprint that people compare. The error is a sentence.
Expected<OwnCertificate, QString> ownCertificate(const QString &folder, const QStringList &more);

} // namespace retryscope
