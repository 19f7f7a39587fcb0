# gnuplot transfer.gp   makes transfer.svg, transfer.png from transfer.csv
set encoding utf8
set datafile separator ','
set key outside top center horizontal noenhanced samplen 2 font ',11'
set border 3
set tics nomirror
set grid ytics linecolor rgb '#dddddd' linewidth 1
set linetype 1 linecolor rgb '#0072B2' linewidth 2
set linetype 2 linecolor rgb '#D55E00' linewidth 2
set linetype 3 linecolor rgb '#009E73' linewidth 2
set linetype 4 linecolor rgb '#CC79A7' linewidth 2
set linetype 5 linecolor rgb '#E69F00' linewidth 2
set linetype 6 linecolor rgb '#56B4E9' linewidth 2
set linetype 7 linecolor rgb '#000000' linewidth 2
set terminal svg size 640,616 font 'Helvetica,12' background '#ffffff'
set output 'transfer.svg'
set title 'adversarial images that fool each network (%)'."\n".'M1: cifar10-resnet8-natural.h5 (bf9f69ac)'."\n".'M2: cifar10-resnet8-pgdat.h5 (3e254a25)'."\n".'M3: cifar10-resnet8-trades.h5 (2261a842)'."\n".'M4: cifar10-resnet8-trades-awp.h5 (eb002d11)'."\n".'M5: cifar10-resnet8-ikl-at.h5 (163aea3f)'."\n".'M6: cifar10-resnet8-ltd.h5 (c92d2937)'."\n".'cifar10, 1067 images, adversarial images of 6 runs' noenhanced font ',9'
set xtics ('M1' 0, 'M2' 1, 'M3' 2, 'M4' 3, 'M5' 4, 'M6' 5)
set ytics ('natural' 0, 'pgdat' 1, 'trades' 2, 'trades-awp' 3, 'ikl-at' 4, 'ltd' 5) noenhanced font ',11'
set xrange [-0.5:5.5]
set yrange [5.5:-0.5]
set cbrange [0:100]
set cbtics 50
set palette defined (0 '#ffffff', 100 '#D55E00')
set style fill solid border rgb '#000000'
unset grid
set key off
plot 'transfer.csv' every ::1 using 2:1:($2-0.5):($2+0.5):($1-0.5):($1+0.5):(100*$8) with boxxyerror palette, '' every ::1 using 2:1:(sprintf('%.1f', 100*$8)) with labels
set terminal pngcairo size 1280,1232 font 'Helvetica,12' fontscale 2 linewidth 2 pointscale 2
set output 'transfer.png'
replot
set output
