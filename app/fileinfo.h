// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QString;
class QWidget;

namespace ravel {

class Session;

// What is known of the open file apart from its numbers, as plain text: container, files, facts, classes that its pickle names.
QString fileInformation(const Session&);
void showFileInformation(const Session&, QWidget* window);

} // namespace ravel
