// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "protocols/chat.h"

#include <QWidget>

class QLabel;

namespace retryscope {

class FlowLayout;

QVector<ChatPart> imagesIn(const QVector<ChatPart> &parts);
/// The texts, one after the other.
QString textIn(const QVector<ChatPart> &parts);

/// The pictures that go with a prompt, each as a chip that takes it away again.
class BenchImages : public QWidget
{
    Q_OBJECT
public:
    explicit BenchImages(QWidget *parent = nullptr);
    /// Asks for files.
    void choose();
    /// Read beside the window; what is no picture says so.
    void addFile(const QString &path);
    /// In place of those that are there; pictures that were kept have no file's name any more.
    void setParts(const QVector<ChatPart> &parts);
    QVector<ChatPart> parts() const;
    int count() const { return int(m_images.size()); }

signals:
    void changed();

private:
    struct Image { QWidget *chip; ChatPart part; };
    void add(const QString &name, const ChatPart &part);
    void complain(const QString &sentence);
    FlowLayout *m_flow;
    QLabel *m_error;
    QVector<Image> m_images;
};

} // namespace retryscope
